// The top table: sorts by any column, keeps the rows that match the search.
'use strict';

(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId('data').textContent);
  const marks = ['', ' (partial-inline)', ' (inline)'];
  const rows = data.rows.map(([name, inlining, flat, flatText, cum, cumText]) =>
    ({ name, inlining, flat, flatText, cum, cumText, sum: 0 }));
  const columns = [
    { title: 'Flat', key: 'flat', text: (row) => row.flatText },
    { title: 'Flat%', key: 'flat', text: (row) => percent(row.flat, data.total), share: (row) => row.flat },
    { title: 'Sum%', text: (row) => percent(row.sum, data.total) },
    { title: 'Cum', key: 'cum', text: (row) => row.cumText },
    { title: 'Cum%', key: 'cum', text: (row) => percent(row.cum, data.total), share: (row) => row.cum },
    { title: 'Name', key: 'name' },
  ];
  let sort = { key: null, descending: true };  // null: as the server has them

  function compare(a, b) {
    if (sort.key === 'name') return (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) * (sort.descending ? -1 : 1);
    return (Math.abs(b[sort.key]) - Math.abs(a[sort.key])) * (sort.descending ? 1 : -1);
  }

  function nameCell(row) {
    const cell = document.createElement('td');
    const link = document.createElement('a');
    const pattern = `^${row.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
    link.href = `/${location.search}#${new URLSearchParams({ search: pattern })}`;
    link.textContent = row.name;
    cell.className = 'name';
    cell.append(link, marks[row.inlining]);
    return cell;
  }

  function draw() {
    const pattern = byId('search').value;
    let regex = null;
    byId('found').classList.remove('error');
    try {
      if (pattern) regex = new RegExp(pattern, 'i');
    } catch (error) {
      byId('found').classList.add('error');
      byId('found').textContent = 'not a regular expression';
      return;
    }
    const shown = rows.filter((row) => !regex || regex.test(row.name));
    if (sort.key) shown.sort(compare);
    let sum = 0;
    for (const row of shown) row.sum = sum += row.flat;
    byId('found').textContent = regex ? `${shown.length}/${rows.length} functions, ${percent(sum, data.total)} flat` : '';
    const lines = shown.map((row) => {
      const line = document.createElement('tr');
      for (const column of columns.slice(0, -1)) {
        const cell = line.insertCell();
        cell.textContent = column.text(row);
        if (column.share) cell.style.setProperty('--share', percent(column.share(row), data.total));
        if (column.share) cell.className = 'bar';
      }
      line.append(nameCell(row));
      return line;
    });
    document.querySelector('#top tbody').replaceChildren(...lines);
  }

  function drawHeads() {
    document.querySelector('#top thead tr').replaceChildren(...columns.map((column) => {
      const head = document.createElement('th');
      head.scope = 'col';
      if (!column.key) {
        head.textContent = column.title;
        return head;
      }
      const button = document.createElement('button');
      const active = sort.key === column.key;
      button.type = 'button';
      button.textContent = column.title + (active ? (sort.descending ? ' \u2193' : ' \u2191') : '');
      head.setAttribute('aria-sort', active ? (sort.descending ? 'descending' : 'ascending') : 'none');
      button.addEventListener('click', () => {
        sort = { key: column.key, descending: active ? !sort.descending : column.key !== 'name' };
        drawHeads();
        draw();
      });
      head.append(button);
      return head;
    }));
  }

  byId('title').textContent = data.title;
  byId('facts').textContent = data.header.join('  \u00b7  ');
  byId('search').addEventListener('input', draw);
  byId('search-form').addEventListener('submit', (event) => event.preventDefault());
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target === byId('search')) return;
    event.preventDefault();
    byId('search').select();
  });
  drawHeads();
  draw();
})();
