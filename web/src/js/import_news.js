const steps = { preview: 0, queued: 1, running: 2, done: 3, failed: 3 };

// processedOf is the number of lines that an import has worked off.
export function processedOf(im) {
  return im.created + im.updated + im.unchanged + im.rejected;
}

// newer returns whichever of two states is further on, since events of the socket and answers of the server may
// overtake each other. An import that was stopped may go on.
export function newer(known, news) {
  if (known.id !== news.id) return known;
  if (known.state === 'failed' && known.reason === 'stopped') return { ...known, reason: '', ...news };
  const ahead = steps[news.state] - steps[known.state] || processedOf(news) - processedOf(known);
  return ahead >= 0 ? { ...known, ...news } : known;
}
