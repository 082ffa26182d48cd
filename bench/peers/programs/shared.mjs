/** What the programs share: a count to wait for, and the starts of W5. */

/** Resolves `whole` once `one` was called `count` times. */
export function countdown(count) {
  let left = count;
  let finish;
  const whole = new Promise((resolve) => {
    finish = resolve;
  });
  const one = () => {
    left--;
    if (left === 0) finish();
  };
  return { one, whole };
}

const rest = () => new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 40));

/** Milliseconds from each call of `start` to the call of `begun` that it leads to. `listen` is given `begun`. */
export async function measureStarts(starts, start, listen) {
  let begun = () => {};
  listen(() => begun());
  const took = [];
  for (let at = 0; at < starts; at++) {
    await rest();
    const isBegun = new Promise((resolve) => {
      begun = resolve;
    });
    const startedAt = performance.now();
    await Promise.all([start(), isBegun.then(() => took.push(performance.now() - startedAt))]);
  }
  return took;
}

/** `enqueue` and `drain` in turn, in milliseconds each. */
export async function inTurn(enqueue, drain) {
  const startedAt = performance.now();
  await enqueue();
  const queuedAt = performance.now();
  await drain();
  return { enqueueMs: queuedAt - startedAt, drainMs: performance.now() - queuedAt };
}

/** Calls `some` with the sizes of portions of 1,000. */
export async function inThousands(count, some) {
  for (let done = 0; done < count; done += 1_000) await some(Math.min(1_000, count - done));
}
