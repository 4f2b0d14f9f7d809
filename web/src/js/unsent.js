// unsent counts what waits on this device to be sent, of one user or of everybody. The queue is not part of every page;
// it is fetched when somebody asks. Where that fails, without network on a page that never had it, nothing is told.
export async function unsent(user = 0) {
  try {
    const { deviceStore } = await import('./queue.js');
    const entries = await deviceStore().all();
    return entries.filter((e) => e.state !== 'refused' && (!user || e.user === user)).length;
  } catch {
    return 0;
  }
}
