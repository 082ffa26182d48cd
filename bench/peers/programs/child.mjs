/** One measurement of one peer, in a process of its own: `child.mjs <peer> <what> <JSON>`. Prints one JSON line. */
const [peer, what, json] = process.argv.slice(2);
const program = await import(`./${peer}.mjs`);
const result = program[what] === undefined ? null : await program[what](JSON.parse(json));
// Some peers log on standard output: the last line is ours.
process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0));
