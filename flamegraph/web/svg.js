// Zoom, search and keyboard of the SVG export. The picture is its own data: a frame's place is its rect, its depth the
// row, its facts the title. Frames stand in preorder.
'use strict';

(() => {
  const svg = document.documentElement;
  const width = svg.viewBox.baseVal.width, column = +svg.dataset.column;
  const details = document.getElementById('details');
  const frames = Array.from(document.querySelectorAll('#graph > g'), (element, index) => {
    const [title, rect, text] = element.children;
    const lines = title.textContent.split('\n');
    return {
      element, index, rect, text, lines,
      name: lines[0],
      x: +rect.getAttribute('x'), w: +rect.getAttribute('width'), depth: +element.getAttribute('aria-level'),
    };
  });
  const path = [];
  frames.forEach((frame, i) => {
    path.length = frame.depth - 1;
    frame.parent = path.length ? path[path.length - 1] : null;
    path.push(frame);
    frame.end = i + 1;
    for (const above of path) above.end = i + 1;
  });
  let zoomed = frames[0], current = frames[0], matches = [], at = -1;

  function within(frame, ancestor) {
    return frame.index >= ancestor.index && frame.index < ancestor.end;
  }

  function zoom(target) {
    zoomed = target;
    const scale = width / Math.max(target.w, 1e-6);
    for (const frame of frames) {
      const above = frame !== target && within(target, frame);
      const shown = above || within(frame, target);
      frame.element.classList.toggle('hidden', !shown);
      frame.element.classList.toggle('above', above);
      if (!shown) continue;
      const x = above ? 0 : (frame.x - target.x) * scale, w = above ? width : frame.w * scale;
      frame.rect.setAttribute('x', x.toFixed(2));
      frame.rect.setAttribute('width', w.toFixed(2));
      frame.text.setAttribute('x', (x + 3).toFixed(2));
      frame.text.textContent = shorten(frame.name, Math.floor((w - 6) / column));
    }
    breadcrumb();
  }

  // Widths of matching frames that lie in no other matching frame: nothing counts twice.
  function matchedShare() {
    let sum = 0, covered = 0;
    for (const frame of matches) {
      if (frame.index < covered) continue;
      covered = frame.end;
      sum += frame.w;
    }
    return 100 * sum / width;
  }

  function search(pattern) {
    let regex = null;
    try {
      if (pattern) regex = new RegExp(pattern, 'i');
    } catch (error) {
      found.textContent = 'not a regular expression';
      return;
    }
    matches = regex ? frames.filter((frame) => frame.parent && regex.test(frame.name)) : [];
    const set = new Set(matches);
    for (const frame of frames) frame.element.classList.toggle('match', set.has(frame));
    at = -1;
    found.textContent = regex ? `${matches.length} frames match: ${matchedShare().toFixed(2)}%` : '';
  }

  function step(by) {
    if (!matches.length) return;
    at = (at + by + matches.length) % matches.length;
    if (!within(matches[at], zoomed)) zoom(frames[0]);
    focus(matches[at]);
    found.textContent = `${at + 1}/${matches.length}: ${matchedShare().toFixed(2)}%`;
  }

  function describe(frame) {
    details.textContent = shorten(frame.lines.join('  \u00b7  '), 170);
  }

  function focus(frame) {
    if (!frame || frame.element.classList.contains('hidden')) return;
    current.element.setAttribute('tabindex', '-1');
    current = frame;
    frame.element.setAttribute('tabindex', '0');
    frame.element.focus();
    describe(frame);
  }

  function sibling(frame, by) {
    if (!frame.parent) return null;
    const all = [];
    for (let i = frame.parent.index + 1; i < frame.parent.end; i = frames[i].end) all.push(frames[i]);
    return all[all.indexOf(frame) + by];
  }

  function child(frame) {
    return frame.index + 1 < frame.end ? frames[frame.index + 1] : null;
  }

  // Controls exist only where scripts run.
  const controls = document.getElementById('controls');
  function control(label, x, action) {
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    text.setAttribute('class', 'button');
    text.setAttribute('y', 24);
    text.setAttribute('x', x);
    text.textContent = label;
    if (action) {
      text.setAttribute('tabindex', '0');
      text.setAttribute('role', 'button');
      text.addEventListener('click', action);
      text.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') { event.stopPropagation(); action(); }
      });
    } else {
      text.setAttribute('class', 'note');
    }
    controls.append(text);
    return text;
  }
  const ask = () => {
    const pattern = prompt('Search for (a regular expression; empty to clear):', '');
    if (pattern !== null) search(pattern);
  };
  const reset = () => { search(''); zoom(frames[0]); focus(frames[0]); };
  const found = control('', width - 320);
  found.setAttribute('aria-live', 'polite');
  control('Search', width - 110, ask);
  control('Reset', width - 50, reset);
  const crumbs = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  crumbs.setAttribute('class', 'note');
  crumbs.setAttribute('id', 'crumbs');
  crumbs.setAttribute('y', 46);
  crumbs.setAttribute('x', 10);
  controls.append(crumbs);

  // The way from the root to the zoomed frame takes the place of the facts; each part leads back.
  function breadcrumb() {
    document.getElementById('facts').classList.toggle('hidden', zoomed.parent !== null);
    crumbs.replaceChildren();
    if (!zoomed.parent) return;
    const way = [];
    for (let frame = zoomed; frame; frame = frame.parent) way.unshift(frame);
    const shown = way.length > 6 ? [way[0], null, ...way.slice(-4)] : way;
    shown.forEach((frame, i) => {
      const part = document.createElementNS('http://www.w3.org/2000/svg', 'tspan');
      part.textContent = (i ? '  \u203a  ' : '') + (frame ? shorten(frame.name, 28) : '\u2026');
      if (frame && frame !== zoomed) {
        part.setAttribute('class', 'button');
        part.addEventListener('click', () => { zoom(frame); focus(frame); });
      }
      crumbs.append(part);
    });
  }

  for (const frame of frames) {
    frame.element.setAttribute('tabindex', frame === current ? '0' : '-1');
    frame.element.setAttribute('aria-label', frame.lines.join(', '));
    frame.element.addEventListener('click', () => { zoom(frame); focus(frame); });
    frame.element.addEventListener('mouseover', () => describe(frame));
    frame.element.addEventListener('focus', () => describe(frame));
  }
  const outward = svg.dataset.icicle === '1' ? 'ArrowDown' : 'ArrowUp';
  const inward = outward === 'ArrowUp' ? 'ArrowDown' : 'ArrowUp';
  const keys = {
    [outward]: () => focus(child(current)),
    [inward]: () => focus(current.parent),
    ArrowLeft: () => focus(sibling(current, -1)),
    ArrowRight: () => focus(sibling(current, 1)),
    Enter: () => { zoom(current); focus(current); },
    Escape: reset,
    '/': ask,
    n: () => step(1),
    N: () => step(-1),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
})();
