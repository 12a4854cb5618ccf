// Draws a Tree on a canvas that covers only what is scrolled into view, so that neither 100,000 frames nor a stack of
// 10,000 costs more than what is seen. Knows nothing of keys, search fields or addresses.
'use strict';

const kRow = 19, kFont = '12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';

class FlameCanvas {
  constructor(tree, scroll, canvas, spacer) {
    Object.assign(this, { tree, scroll, canvas, spacer });
    this.context = canvas.getContext('2d');
    this.zoomed = 0;      // fills the width; what leads to it is drawn pale
    this.selected = -1;   // of the keyboard
    this.hovered = -1;
    this.icicle = false;
    this.matches = new Set();
    this.pending = false;
    this.shades = tree.data.frames.map(([name]) => {
      let hash = 2166136261;
      for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
      return 1 - 0.14 * ((hash >>> 0) % 3);
    });
    this.readColours();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.readColours(); this.draw(); });
    new ResizeObserver(() => this.draw()).observe(scroll);
    for (const event of ['scroll', 'focus', 'blur']) scroll.addEventListener(event, () => this.draw());
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    const names = ['paper', 'text', 'muted', 'match', 'on-match', 'root', 'other'];
    for (let i = 1; i <= 5; i++) names.push(`grew${i}`, `shrank${i}`);
    for (let i = 0; i < 12; i++) names.push(`c${i}`);
    this.colour = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }

  get width() { return this.scroll.clientWidth; }
  get height() { return this.scroll.clientHeight; }
  get fullHeight() { return Math.max(this.tree.rows * kRow, this.height); }
  get scale() { return this.width / Math.max(this.tree.weight[this.zoomed], 1e-9); }

  // Top of a row in the scrolled content.
  rowTop(depth) { return this.icicle ? depth * kRow : this.fullHeight - (depth + 1) * kRow; }

  // {x, y, width} of a node in the scrolled content, as zoomed.
  place(i) {
    const above = i !== this.zoomed && this.tree.within(this.zoomed, i);
    return {
      above,
      x: above ? 0 : (this.tree.left[i] - this.tree.left[this.zoomed]) * this.scale,
      y: this.rowTop(this.tree.depth[i]),
      width: above ? this.width : this.tree.weight[i] * this.scale,
    };
  }

  // The node under a point of the canvas, or -1.
  at(x, y) {
    const content = y + this.scroll.scrollTop;
    const depth = Math.floor((this.icicle ? content : this.fullHeight - content - 0.01) / kRow);
    if (depth < 0 || x < 0 || x >= this.width) return -1;
    if (depth < this.tree.depth[this.zoomed]) return this.tree.path(this.zoomed)[depth];
    return this.tree.find(this.zoomed, depth, this.tree.left[this.zoomed] + x / this.scale);
  }

  scrollTo(i) {
    const top = this.rowTop(this.tree.depth[i]);
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    const bottom = top + kRow - this.height;
    if (bottom > this.scroll.scrollTop) this.scroll.scrollTop = bottom;
  }

  draw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.drawNow(); });
  }

  drawNow() {
    const { context, canvas, tree } = this;
    const ratio = devicePixelRatio || 1, width = this.width, height = this.height;
    this.spacer.style.height = `${this.fullHeight}px`;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = this.colour.paper;
    context.fillRect(0, 0, width, height);
    context.font = kFont;
    context.textBaseline = 'middle';
    this.column = context.measureText('mmmmmmmmmm').width / 10;
    for (const i of tree.path(this.zoomed).slice(0, -1)) this.drawNode(i);
    const scale = this.scale;
    for (let i = this.zoomed; i < tree.end[this.zoomed];) {
      if (tree.weight[i] * scale < 0.3) { i = tree.end[i]; continue; }
      this.drawNode(i++);
    }
    this.outline(this.hovered);
    if (document.activeElement === this.scroll) this.outline(this.selected);
  }

  drawNode(i) {
    const { context, tree } = this;
    const { x, y, width, above } = this.place(i);
    const top = y - this.scroll.scrollTop;
    if (top < -kRow || top > this.height) return;
    const gap = width > 3 ? 1 : 0;
    const frame = tree.frame(i), match = this.matches.has(i);
    context.globalAlpha = match ? 1 : (above ? 0.5 : 1) * (frame && !tree.is_difference ? this.shades[tree.code[i] >> 1] : 1);
    context.fillStyle = match ? this.colour.match
      : frame ? this.colour[tree.change(i) ?? `c${frame[1] % 12}`] : this.colour[tree.isOther(i) ? 'other' : 'root'];
    context.fillRect(x, top, Math.max(width - gap, 0.3), kRow - 1);
    context.globalAlpha = 1;
    if (tree.inlined(i) && width > 6) {
      context.strokeStyle = this.colour.muted;
      context.setLineDash([3, 2]);
      context.strokeRect(x + 0.5, top + 0.5, width - gap - 1, kRow - 2);
      context.setLineDash([]);
    }
    const text = width < 3 * this.column ? '' : shorten(tree.name(i), Math.floor((width - 7) / this.column));
    if (!text) return;
    context.fillStyle = match ? this.colour['on-match'] : this.colour.text;
    context.fillText(text, x + 4, top + kRow / 2);
  }

  outline(i) {
    if (i < 0 || !(this.tree.within(i, this.zoomed) || this.tree.within(this.zoomed, i))) return;
    const { x, y, width } = this.place(i);
    this.context.strokeStyle = this.colour.text;
    this.context.lineWidth = i === this.selected ? 2 : 1;
    this.context.strokeRect(x + 0.5, y - this.scroll.scrollTop + 0.5, Math.max(width - 2, 1), kRow - 2);
    this.context.lineWidth = 1;
  }
}
