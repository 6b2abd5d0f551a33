// As much of mongosh as its scripts from `keyfold export` need: node mongosh_shim.js FILE THERE. THERE is {collection: [index, ...]}.
// What the script asks the server for is printed, a line of extended JSON a command; the test runs it.
const fs = require("fs");
const there = JSON.parse(process.argv[3]);
const commands = [];
const db = {
  getCollectionNames: () => Object.keys(there),
  getCollection: (name) => ({ getIndexes: () => (there[name] || []).map((index) => ({ name: index })) }),
  createCollection: (name) => commands.push({ create: name }),
  runCommand: (command) => commands.push(command),
};
// Values stay extended JSON: they are parsed by whoever runs the command.
const EJSON = { parse: (text) => JSON.parse(text) };
new Function("db", "EJSON", "print", fs.readFileSync(process.argv[2], "utf8"))(db, EJSON, () => {});
for (const command of commands) console.log(JSON.stringify(command));
