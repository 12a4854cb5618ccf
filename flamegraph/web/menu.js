// The menu of the served pages: choosing a sample type asks for the same page of it.
'use strict';

document.getElementById('sample')?.addEventListener('change', (event) => {
  const parameters = new URLSearchParams(location.search);
  parameters.set('si', event.target.value);
  location.search = parameters;
});
