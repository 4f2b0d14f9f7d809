// What opens sockets has a stand-in here that opens none. The test finds it as globalThis.client.
const modules = {
  'pusher-js': `export default class {
    connection = { state: 'connecting', bind: (_, turned) => (this.turned = turned) };
    calls = [];
    constructor() { globalThis.client = this; }
    turn(current) { this.connection.state = current; this.turned({ current }); }
    disconnect() { this.calls.push('disconnect'); this.turn('disconnected'); }
    connect() { this.calls.push('connect'); this.turn('connecting'); }
  }`,
  'laravel-echo': 'export default class {}',
};

export async function resolve(specifier, context, next) {
  const source = modules[specifier];
  if (!source) return next(specifier, context);
  return { url: `data:text/javascript,${encodeURIComponent(source)}`, format: 'module', shortCircuit: true };
}
