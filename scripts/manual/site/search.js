// The search over titles, in the browser. `searchIndex` is of search-index.js.
const input = document.querySelector('.search input');
const found = document.querySelector('#found');
const MOST = 12;

input.addEventListener('input', () => {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = words.length === 0 ? [] : searchIndex.filter(entry => words.every(word => textOf(entry).includes(word)));
  const best = hits.toSorted((a, b) => rank(a, words[0]) - rank(b, words[0])).slice(0, MOST);
  found.replaceChildren(...best.map(listItem));
  found.hidden = best.length === 0;
});

document.addEventListener('keydown', event => {
  if (event.key === '/' && document.activeElement !== input) {
    event.preventDefault();
    input.focus();
  }
  if (event.key === 'Escape') found.hidden = true;
});
input.addEventListener('keydown', event => {
  if (event.key === 'Enter') found.querySelector('a')?.click();
});

function textOf({ title, page }) {
  return `${title} ${page}`.toLowerCase();
}

/** Pages before what stands in them, and what begins with the word before what only has it. */
function rank({ title, page }, word) {
  return (page === '' ? 0 : 2) + (title.toLowerCase().startsWith(word) ? 0 : 1);
}

function listItem({ title, page, url }) {
  const link = document.createElement('a');
  link.href = `${document.body.dataset.root}/${url}`;
  link.textContent = title;
  const item = document.createElement('li');
  item.append(link, page === '' ? '' : ` in ${page}`);
  return item;
}
