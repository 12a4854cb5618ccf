// The flame graph page: search field, breadcrumb, tooltip, keyboard and the part of the address that keeps the view.
'use strict';

(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId('data').textContent);
  const tree = new Tree(data);
  const scroll = byId('scroll');
  const flame = new FlameCanvas(tree, scroll, byId('canvas'), byId('height'));
  flame.icicle = data.icicle;
  let matches = { nodes: [], weight: 0 }, at = -1;

  function element(name, text, className) {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  // The figures of a node: [label, value, share].
  function figures(i) {
    const share = (value) => `${percent(value, data.total)} of total`;
    const rows = [['total', quantity(tree.total[i], data.unit), share(tree.total[i])]];
    // In a difference the parent's net may be near zero: no share of it.
    if (i > 0 && !tree.is_difference) rows[0].push(`${percent(tree.total[i], tree.total[tree.parent[i]])} of parent`);
    rows.push(['self', quantity(tree.self[i], data.unit), share(tree.self[i])]);
    const frame = tree.frame(i);
    if (frame) rows.push(['everywhere', quantity(frame[5], data.unit), share(frame[5])]);
    return rows;
  }

  function describe(i) {
    const mark = tree.inlined(i) ? ' (inlined)' : '';
    return tree.name(i) + mark + ', ' + figures(i).map((row) => row.join(' ')).join(', ');
  }

  const mirror = new Mirror(tree, scroll, byId('mirror'), describe);

  function where(i) {
    const frame = tree.frame(i);
    return frame ? [data.modules[frame[2]], data.files[frame[3]]].filter(Boolean).join('  \u00b7  ') : '';
  }

  function showTooltip(i, x, y) {
    const tooltip = byId('tooltip');
    tooltip.hidden = i < 0;
    if (i < 0) return;
    const table = document.createElement('table');
    for (const row of figures(i)) {
      const line = table.insertRow();
      for (const text of row) line.insertCell().textContent = text;
    }
    tooltip.replaceChildren(element('div', tree.name(i) + (tree.inlined(i) ? '  (inlined)' : ''), 'name'),
      element('div', where(i), 'where'), table);
    const box = tooltip.getBoundingClientRect();
    tooltip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 8))}px`;
    tooltip.style.top = `${y + 18 + box.height > innerHeight ? Math.max(4, y - box.height - 10) : y + 18}px`;
  }

  function select(i, { scrollThere = true } = {}) {
    if (i === undefined || i < 0) return;
    flame.selected = i;
    byId('details').textContent = describe(i);
    mirror.show(i);
    if (scrollThere) flame.scrollTo(i);
    flame.draw();
  }

  function zoom(i) {
    flame.zoomed = i;
    byId('breadcrumb').replaceChildren(...breadcrumb(i));
    select(i);
    saveView();
  }

  function breadcrumb(zoomed) {
    if (zoomed === 0) return [];
    const parts = [];
    for (const i of tree.path(zoomed)) {
      if (parts.length) parts.push(element('span', ' \u203a '));
      const name = shorten(tree.name(i), 40);
      if (i === zoomed) {
        parts.push(element('span', name, 'here'));
        continue;
      }
      const button = element('button', name);
      button.type = 'button';
      button.addEventListener('click', () => zoom(i));
      parts.push(button);
    }
    return parts;
  }

  function search(pattern) {
    const found = byId('found');
    let regex = null;
    found.classList.remove('error');
    at = -1;
    matches = { nodes: [], weight: 0 };
    try {
      if (pattern) regex = new RegExp(pattern, 'i');
    } catch (error) {
      found.classList.add('error');
    }
    if (regex) matches = tree.search(regex);
    flame.matches = new Set(matches.nodes);
    byId('previous').hidden = byId('next').hidden = matches.nodes.length === 0;
    found.textContent = found.classList.contains('error') ? 'not a regular expression' : regex ? share() : '';
    flame.draw();
    saveView();
  }

  function share() {
    const place = at < 0 ? matches.nodes.length : `${at + 1}/${matches.nodes.length}`;
    return `${percent(matches.weight, tree.weight[0])} matched \u00b7 ${place}`;
  }

  function step(by) {
    const count = matches.nodes.length;
    if (!count) return;
    at = at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count;
    const node = matches.nodes[at];
    if (!tree.within(node, flame.zoomed)) zoom(0);
    select(node);
    byId('found').textContent = share();
  }

  function reset() {
    byId('search').value = '';
    search('');
    zoom(0);
  }

  function flip() {
    flame.icicle = !flame.icicle;
    flame.draw();
    requestAnimationFrame(() => flame.scrollTo(Math.max(flame.selected, 0)));
    saveView();
  }

  // Zoom, search and layout are kept behind "#": a reload or a copied address shows the same.
  function saveView() {
    const view = new URLSearchParams();
    if (flame.zoomed) view.set('zoom', flame.zoomed);
    if (byId('search').value) view.set('search', byId('search').value);
    if (flame.icicle !== data.icicle) view.set('flip', 1);
    try {
      history.replaceState(null, '', `#${view}`);
    } catch (error) {
      // Some browsers refuse it to pages read from a file: then the view is not kept.
    }
  }

  function restoreView() {
    const view = new URLSearchParams(location.hash.slice(1));
    const zoomed = Number(view.get('zoom'));
    const pattern = view.get('search') || '';
    if (view.get('flip')) flame.icicle = !flame.icicle;
    byId('search').value = pattern;
    search(pattern);
    zoom(Number.isInteger(zoomed) && zoomed > 0 && zoomed < tree.size ? zoomed : 0);
  }

  const sibling = (i, by) => {
    const all = i > 0 ? tree.children(tree.parent[i]) : [0];
    return all[all.indexOf(i) + by];
  };
  const child = (i) => (i + 1 < tree.end[i] ? i + 1 : -1);
  const keys = {
    ArrowUp: (i) => select(flame.icicle ? tree.parent[i] : child(i)),
    ArrowDown: (i) => select(flame.icicle ? child(i) : tree.parent[i]),
    ArrowLeft: (i) => select(sibling(i, -1)),
    ArrowRight: (i) => select(sibling(i, 1)),
    Home: () => select(flame.zoomed),
    Enter: (i) => zoom(i),
  };
  const anywhere = {
    Escape: reset,
    '/': () => byId('search').select(),
    n: () => step(1),
    N: () => step(-1),
    i: flip,
  };

  scroll.addEventListener('keydown', (event) => {
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    showTooltip(-1);
    keys[event.key](Math.max(flame.selected, 0));
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !anywhere[event.key]) return;
    if (event.target instanceof HTMLInputElement && event.key !== 'Escape') return;
    event.preventDefault();
    anywhere[event.key]();
    if (event.key === 'Escape') scroll.focus();
  });

  const under = (event) => {
    const box = byId('canvas').getBoundingClientRect();
    return flame.at(event.clientX - box.left, event.clientY - box.top);
  };
  scroll.addEventListener('mousemove', (event) => {
    const i = under(event);
    showTooltip(i, event.clientX, event.clientY);
    if (i === flame.hovered) return;
    flame.hovered = i;
    scroll.style.cursor = i < 0 ? '' : 'pointer';
    if (i >= 0) byId('details').textContent = describe(i);
    flame.draw();
  });
  scroll.addEventListener('mouseleave', () => { flame.hovered = -1; showTooltip(-1); flame.draw(); });
  scroll.addEventListener('click', (event) => {
    const i = under(event);
    if (i >= 0) zoom(i);
  });
  byId('search').addEventListener('input', (event) => search(event.target.value));
  byId('search-form').addEventListener('submit', (event) => { event.preventDefault(); step(1); });
  byId('next').addEventListener('click', () => step(1));
  byId('previous').addEventListener('click', () => step(-1));
  byId('reset').addEventListener('click', reset);
  byId('layout').addEventListener('click', flip);

  byId('title').textContent = data.title;
  byId('facts').textContent = data.facts.join('  \u00b7  ');
  const changes = [['gone', 'shrank5'], ['shrank', 'shrank3'], ['as before', 'other'], ['grew', 'grew3'], ['new', 'grew5']];
  const legend = tree.is_difference ? changes
    : data.groups.slice(0, 12).map((name, i) => [name, `c${i}`]);
  legend.forEach(([name, colour]) => {
    const entry = document.createElement('li');
    const swatch = element('span', '', 'swatch');
    swatch.style.background = `var(--${colour})`;
    entry.append(swatch, shorten(name, 30));
    byId('legend').append(entry);
  });
  const notes = [...data.notes];
  if (data.min_percent > 0) {
    notes.push(`Frames narrower than ${data.min_percent}% are merged into "other"; all totals include them.`);
  }
  byId('notes').append(...notes.map((note) => element('li', note)));
  byId('quality').hidden = notes.length === 0;
  byId('quality').open = data.notes.length > 0;
  restoreView();
  flame.drawNow();
  flame.scrollTo(flame.zoomed);
  // For the browser tests and for whoever looks from the console.
  window.prof = { tree, flame, describe };
})();
