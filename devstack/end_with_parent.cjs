// Loaded into Azurite: standard input is a pipe from the process that started it, and ends when that process does,
// however it ends. SIGINT lets Azurite write what it holds; a second one would cut it short.
let isEnding = false;
process.once("SIGINT", () => {
  isEnding = true;
  if (process.listenerCount("SIGINT") === 0) process.exit(); // Azurite does not listen yet
});
process.stdin.on("end", () => isEnding || process.kill(process.pid, "SIGINT")).resume();
process.stdin.unref(); // nothing to wait for when all else is done
