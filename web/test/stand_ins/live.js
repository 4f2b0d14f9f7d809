// This takes the place of src/js/live.js, which opens sockets.
export const connection = { state: { shown: true, name: 'live', since: null } };

export const followed = []; // what pages give to follow, the latest last

export const asked = []; // within how many milliseconds pages wanted to read again

export function follow(of) {
  followed.push(of);
  return (ms = 0) => {
    asked.push(ms);
  };
}
export const heard = new Map(); // what hears events beside the pages
export const alsoHear = (event, handler) => heard.set(event, handler);
export const channelsOf = () => ['company'];
