// The stack tree in the browser: typed arrays over the nodes, which stand in preorder. json.h is the contract.
'use strict';

class Tree {
  constructor(data) {
    const { depth, code, self, weight } = data.nodes;
    const size = depth.length;
    this.data = data;
    this.size = size;
    this.depth = Uint32Array.from(depth);
    this.code = Int32Array.from(code);
    this.self = Float64Array.from(self);
    this.total = Float64Array.from(self);
    this.weight = Float64Array.from(weight || self);
    this.is_difference = weight !== undefined;
    this.parent = new Int32Array(size).fill(-1);
    this.end = new Uint32Array(size);
    this.left = new Float64Array(size);
    this.rows = 1;
    const path = [];
    for (let i = 0; i < size; i++) {
      if (i > 0) this.parent[i] = path[this.depth[i] - 1];
      path[this.depth[i]] = i;
      this.end[i] = i + 1;
      this.rows = Math.max(this.rows, this.depth[i] + 1);
    }
    for (let i = size - 1; i > 0; i--) {
      const parent = this.parent[i];
      this.total[parent] += this.total[i];
      this.weight[parent] += this.weight[i];
      this.end[parent] = Math.max(this.end[parent], this.end[i]);
    }
    for (let i = 0; i < size; i++) {
      let at = this.left[i];
      for (let child = i + 1; child < this.end[i]; child = this.end[child]) {
        this.left[child] = at;
        at += this.weight[child];
      }
    }
  }

  // [name, group, module, file, self, total] of a node's function; null for the root and for "other".
  frame(i) { return this.code[i] >= 0 ? this.data.frames[this.code[i] >> 1] : null; }
  // In a difference: which way the node's total went and how far, by which it is coloured (chart.h); null in any
  // other picture.
  change(i) {
    if (!this.is_difference) return null;
    const total = this.total[i], weight = this.weight[i];
    if (total === 0 || weight === 0) return 'other';
    const step = Math.min(Math.ceil(5 * Math.sqrt(Math.abs(total) / weight)), 5);
    return `${total > 0 ? 'grew' : 'shrank'}${step}`;
  }
  inlined(i) { return this.code[i] >= 0 && (this.code[i] & 1) === 1; }
  isOther(i) { return this.code[i] < -1; }

  name(i) {
    const code = this.code[i];
    if (code >= 0) return this.data.frames[code >> 1][0];
    return code === -1 ? 'all' : `(other: ${-1 - code} frame${code === -2 ? '' : 's'})`;
  }

  within(i, ancestor) { return i >= ancestor && i < this.end[ancestor]; }

  children(i) {
    const all = [];
    for (let child = i + 1; child < this.end[i]; child = this.end[child]) all.push(child);
    return all;
  }

  // From the root to the node, both included.
  path(i) {
    const way = [];
    for (let at = i; at >= 0; at = this.parent[at]) way.push(at);
    return way.reverse();
  }

  // The node that covers `position` (in units of weight) in the row of `depth` within the subtree of `from`, else -1.
  find(from, depth, position) {
    let at = from;
    while (at >= 0 && this.depth[at] < depth) {
      at = this.children(at).find((c) => position >= this.left[c] && position < this.left[c] + this.weight[c]) ?? -1;
    }
    return at;
  }

  // Nodes whose function matches, and their weight with what lies inside another match counted once.
  search(regex) {
    const frames = this.data.frames.map((frame) => regex.test(frame[0]));
    const nodes = [];
    let weight = 0, covered = 0;
    for (let i = 0; i < this.size; i++) {
      if (this.code[i] < 0 || !frames[this.code[i] >> 1]) continue;
      nodes.push(i);
      if (i < covered) continue;
      covered = this.end[i];
      weight += this.weight[i];
    }
    return { nodes, weight };
  }
}
