import { text } from '../language.js';
import { start } from '../start.js';
import { ask, toast } from '../ui.js';

// The design system on one page, for those who work on it. It is served with demo data only.
start('komponen', () => ({
  text,
  colours: ['page', 'panel', 'ink', 'muted', 'line', 'accent', 'on-accent', 'good', 'warn', 'bad', 'info'],
  get statuses() {
    return ['present', 'late', 'half_day', 'incomplete', 'absent', 'on_leave', 'holiday', 'day_off', 'pending'].map(
      (key) => ({ key, label: text(`status.${key}`) }),
    );
  },
  good() {
    toast('good', text('ui.saved'));
  },
  info() {
    toast('info', text('ui.loading'));
  },
  bad() {
    toast('error', text('error.unknown'));
  },
  question() {
    return ask({ title: text('parts.question'), text: text('parts.intro'), danger: true });
  },
}));
