// Names as drawn, in at most `columns` characters: the browser's half of text.cc, held equal by tests.
'use strict';

// "operator<", "operator()", "operator->", "->" and "=>" are no brackets.
function isBracket(name, at) {
  const before = name.slice(Math.max(0, at - 9), at);
  if (name[at] === '>' && /[-=]$/.test(before)) return false;
  return !/operator[<>(]?$/.test(before);
}

// Every outermost bracketed part becomes "<...>"; the name as it is where brackets do not pair, or where nothing but a
// bracket would be left of it.
function collapse(name, open, close) {
  let out = '', depth = 0, begin = 0;
  for (let i = 0; i < name.length; i++) {
    const bracket = (name[i] === open || name[i] === close) && isBracket(name, i);
    if (bracket && name[i] === open && depth++ === 0) begin = i;
    if (depth === 0) {
      if (bracket) return name;
      out += name[i];
    }
    if (!bracket || name[i] !== close || --depth > 0) continue;
    const inner = name.slice(begin + 1, i);
    const keep = begin === 0 || inner.length <= 1 || inner === 'anonymous namespace';
    out += keep ? name.slice(begin, i + 1) : open + '\u2026' + close;
  }
  return depth === 0 ? out : name;
}

// Where the first namespace ends: past a "::" that stands in no bracket; 0 where there is none.
function namespaceEnd(name) {
  let depth = 0;
  for (let i = 0; i < name.length; i++) {
    if (depth === 0 && name.startsWith('::', i)) return i + 2;
    if (!isBracket(name, i)) continue;
    if (name[i] === '<' || name[i] === '(') depth++;
    if ((name[i] === '>' || name[i] === ')') && depth > 0) depth--;
  }
  return 0;
}

function shorten(name, columns) {
  if (name.length <= columns) return name;
  if (columns < 3) return '';
  let text = collapse(name, '(', ')');
  if (text.length > columns) text = collapse(text, '<', '>');
  for (let at; text.length > columns && (at = namespaceEnd(text)) > 0;) text = text.slice(at);
  if (text.length <= columns) return text;
  return Array.from(text).slice(0, columns - 1).join('') + '\u2026';
}
