// Values with their units, scaled to be read, as the command line prints them.
'use strict';

const kScales = (() => {
  const time = [['hrs', 3600e9], ['s', 1e9], ['ms', 1e6], ['us', 1e3], ['ns', 1]];
  const bytes = [['PB', 2 ** 50], ['TB', 2 ** 40], ['GB', 2 ** 30], ['MB', 2 ** 20], ['kB', 2 ** 10], ['B', 1]];
  return {
    nanoseconds: [1, time], ns: [1, time], microseconds: [1e3, time], milliseconds: [1e6, time], seconds: [1e9, time],
    bytes: [1, bytes],
  };
})();

function quantity(value, unit) {
  const known = Object.hasOwn(kScales, unit) ? kScales[unit] : null;
  if (!known || value === 0) return String(value);
  const size = value * known[0];
  const [name, scale] = known[1].find(([, least]) => Math.abs(size) >= least || least === 1);
  return (size / scale).toFixed(2).replace(/\.00$/, '') + name;
}

// Without a sign, as in the reports.
function percent(part, whole) {
  const share = whole ? Math.abs(100 * part / whole) : 0;
  if (share >= 99.95 && share <= 100.05) return '100%';
  return (share >= 1 ? share.toFixed(2) : String(+share.toPrecision(2))) + '%';
}
