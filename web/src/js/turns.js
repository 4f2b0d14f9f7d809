// turns puts readings of one thing in order, whose answers may overtake each other. It is called when a reading begins.
// What it returns is called with the answer, and tells whether that is still news: no reading that began later has been
// answered.
export function turns() {
  let begun = 0;
  let answered = 0;
  return () => {
    const mine = ++begun;
    return () => {
      if (mine < answered) return false;
      answered = mine;
      return true;
    };
  };
}
