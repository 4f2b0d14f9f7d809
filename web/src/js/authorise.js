// batched returns the handler by which pusher-js gets its channels signed. It sends all channels that are asked for in
// the same turn to the server in one request. post(socketId, names) resolves to { name: { auth, channel_data } }; the
// server refused a name that is missing there.
/** @param {(f: () => void) => unknown} later */
export function batched(post, later = (f) => setTimeout(f, 0)) {
  const waiting = new Map(); // socket → [[name, callback]]
  return ({ socketId, channelName }, callback) => {
    if (waiting.has(socketId)) {
      waiting.get(socketId).push([channelName, callback]);
      return;
    }
    waiting.set(socketId, [[channelName, callback]]);
    later(async () => {
      const asked = waiting.get(socketId);
      waiting.delete(socketId);
      let signed = {};
      let failure = null;
      try {
        signed = await post(
          socketId,
          asked.map(([name]) => name),
        );
      } catch (cause) {
        failure = cause;
      }
      for (const [name, answer] of asked) {
        if (signed[name]) answer(null, signed[name]);
        else answer(failure ?? new Error(`not allowed to hear ${name}`), null);
      }
    });
  };
}
