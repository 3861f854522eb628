/**
 * Loaded before a program (`node --import …/end-with-parent.js?PROCESS`) that should not outlive the one that started it, however that
 * was ended. Its number comes with the name: it may be gone before this one can ask.
 */
const own = process.execArgv.indexOf(import.meta.url);
if (own > 0) process.execArgv.splice(own - 1, 2); // what this one forks has another parent
const parent = Number(new URL(import.meta.url).search.slice(1));
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 200).unref();
