// The flame graph for screen readers: the tree items around the selected frame (the way to it, its siblings, its
// children), as real elements that follow the selection.
'use strict';

class Mirror {
  constructor(tree, owner, container, describe) {
    Object.assign(this, { tree, owner, container, describe });
  }

  show(selected) {
    const { tree } = this;
    const siblings = selected > 0 ? tree.children(tree.parent[selected]) : [0];
    const at = siblings.indexOf(selected);
    const near = siblings.slice(Math.max(0, at - 10), at + 11);
    const items = [...tree.path(selected).slice(-30, -1), ...near];
    items.splice(items.indexOf(selected) + 1, 0, ...tree.children(selected).slice(0, 20));
    this.container.replaceChildren(...items.map((i) => this.item(i, selected)));
    this.owner.setAttribute('aria-activedescendant', `item-${selected}`);
  }

  item(i, selected) {
    const { tree } = this;
    const siblings = i > 0 ? tree.children(tree.parent[i]) : [0];
    const element = document.createElement('div');
    element.id = `item-${i}`;
    element.setAttribute('role', 'treeitem');
    element.setAttribute('aria-level', tree.depth[i] + 1);
    element.setAttribute('aria-setsize', siblings.length);
    element.setAttribute('aria-posinset', siblings.indexOf(i) + 1);
    element.setAttribute('aria-selected', i === selected);
    if (tree.end[i] > i + 1) element.setAttribute('aria-expanded', tree.within(selected, i));
    element.textContent = this.describe(i);
    return element;
  }
}
