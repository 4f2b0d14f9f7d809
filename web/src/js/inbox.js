import { get, Problem, request } from './http.js';
import { shortDate, shortDates, text } from './language.js';
import { alsoHear } from './live.js';
import { admins } from './nav.js';
import { turns } from './turns.js';
import { toast } from './ui.js';

/** @typedef {import('./api').Item<'/api/me/decisions'>} Decision */

// inbox is what the menu counts: what waits for whoever is signed in to decide, by page, and what others decided about
// their own requests that they were not shown yet. start.js makes it reactive.
export const inbox = {
  state: {
    waiting: /** @type {Record<string, number>} */ ({}),
    decisions: /** @type {Decision[]} */ ([]),
    tried: false, // it was read once, or could not be
  },
};

const gathering = 1000; // milliseconds for which events are gathered before reading again; some more at random
const summaries = 5000; // the same for summaries, of which there are many in the morning
const freshFor = 15_000; // milliseconds after which a page that is looked at again reads again
const mostNews = 20; // of a kind in one answer
const decided = ['approved', 'refused', 'revoked'];

const turn = { waiting: turns(), decisions: turns() };
let user = /** @type {any} */ (null);
let readAt = 0;
let reading = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

async function readWaiting() {
  const isNews = turn.waiting();
  const n = await get('/api/waiting', { stay: true });
  if (isNews()) inbox.state.waiting = { izin: n.leave_requests, koreksi: n.corrections, ditinjau: n.reviews };
}

async function readDecisions() {
  const isNews = turn.decisions();
  const { items } = await get('/api/me/decisions', { stay: true });
  if (isNews()) inbox.state.decisions = items;
}

// read takes what there is. What cannot be read stays as it was: the next reason to read will come.
async function read() {
  readAt = Date.now();
  await Promise.allSettled([admins(user) && readWaiting(), user.employee_id && readDecisions()]);
  inbox.state.tried = true;
}

function soon(within = gathering) {
  reading ??= setTimeout(
    () => {
      reading = undefined;
      read();
    },
    within * (1 + Math.random()),
  );
}

// sentenceOf says what was decided about a request: "Izin 3 Des – 5 Des disetujui".
export function sentenceOf(/** @type {any} */ q) {
  const when = q.type === 'correction' ? shortDate(q.work_date) : shortDates(q.from, q.to);
  return text(`inbox.${q.type}.${q.state}`, { when });
}

// lineOf is that with the reason.
export function lineOf(/** @type {any} */ q) {
  return [sentenceOf(q), q.decision_note].filter(Boolean).join(' – ');
}

const said = new Set(); // decisions that a toast told of

// tell shows a decision about an own request in the moment in which somebody else makes it.
function tell(q) {
  if (q.employee_id !== user.employee_id || !decided.includes(q.state) || q.decided_by === user.id) return;
  const key = `${q.type}/${q.id}/${q.decided_at}`;
  if (said.has(key)) return; // an admin hears it on several channels
  said.add(key);
  toast(q.state === 'approved' ? 'good' : 'info', lineOf(q));
}

// watchInbox begins to count. Pages with a socket count again when something changes, every page when it is looked at
// again.
export function watchInbox(/** @type {any} */ who) {
  user = who;
  if (!admins(user) && !user.employee_id) return;
  read();
  const reviews = new Map(); // how many punches wait in a branch, as far as events told
  alsoHear('request.changed', (q) => {
    tell(q);
    soon();
  });
  alsoHear('summary.refreshed', (s) => {
    if (reviews.get(s.branch_id) !== s.to_review) soon(summaries);
    reviews.set(s.branch_id, s.to_review);
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && Date.now() - readAt > freshFor) read();
  });
}

// seen marks the decisions that are shown as read. They go at once.
export async function seen() {
  turn.decisions()(); // a reading that is on its way is of before
  const items = inbox.state.decisions.map(({ type, id, state }) => ({ type, id, state }));
  inbox.state.decisions = [];
  try {
    await request('POST', '/api/me/decisions/read', { body: /** @type {any} */ ({ items }) });
    if (items.length >= mostNews) soon(); // there may be more
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    soon();
  }
}
