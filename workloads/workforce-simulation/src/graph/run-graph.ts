// Runs a graph on a fixed number of slots. Ready tasks with the longest path to the end come first. The first failure
// stops everything: the caller interrupts running tasks, and nothing more starts.
export interface Task {
  readonly name: string;
  readonly needs: readonly string[];
  readonly run: (slot: number) => Promise<void>;
}

export interface GraphRun {
  readonly slots: number;
  /** Longest path from a task to the end; larger values run first. */
  readonly wayOf: (name: string) => number;
  /** Called once, at the first failure, to stop running tasks. */
  readonly onFailure: () => void;
}

/** Runs all tasks. @throws the first failure, once all running tasks have ended. */
export async function runGraph(tasks: readonly Task[], { slots, wayOf, onFailure }: GraphRun): Promise<void> {
  const open = new Map(tasks.map((task) => [task.name, task.needs.length]));
  const followers = new Map<string, Task[]>();
  for (const task of tasks) {
    for (const need of task.needs) followers.set(need, [...(followers.get(need) ?? []), task]);
  }
  const ready = tasks.filter((task) => task.needs.length === 0);
  const free = Array.from({ length: slots }, (_, slot) => slot);
  let failure: { readonly thrown: unknown } | null = null;
  let underWay = 0;
  let doneCount = 0;
  await new Promise<void>((resolve) => {
    const settle = () => {
      if (underWay === 0 && (failure !== null || doneCount === tasks.length || ready.length === 0)) resolve();
    };
    const begin = () => {
      while (failure === null && free.length > 0 && ready.length > 0) {
        const task = takeNext(ready, wayOf);
        const slot = free.shift() as number;
        underWay++;
        task.run(slot).then(
          () => finish(task, slot),
          (thrown: unknown) => {
            if (failure === null) {
              failure = { thrown };
              onFailure();
            }
            finish(null, slot);
          },
        );
      }
      settle();
    };
    const finish = (task: Task | null, slot: number) => {
      underWay--;
      free.unshift(slot); // the slot that was just busy is warm
      if (task !== null) {
        doneCount++;
        for (const follower of followers.get(task.name) ?? []) {
          const left = (open.get(follower.name) ?? 0) - 1;
          open.set(follower.name, left);
          if (left === 0) ready.push(follower);
        }
      }
      begin();
    };
    begin();
  });
  if (failure !== null) throw (failure as { thrown: unknown }).thrown;
  if (doneCount < tasks.length) throw new Error("the graph has a cycle: some tasks never became ready");
}

/** At most thirty tasks are ready, so a heap would only be more code. Names break ties. */
function takeNext(ready: Task[], wayOf: (name: string) => number): Task {
  let best = 0;
  for (let place = 1; place < ready.length; place++) {
    const one = ready[place] as Task;
    const other = ready[best] as Task;
    const by = wayOf(one.name) - wayOf(other.name);
    if (by > 0 || (by === 0 && one.name < other.name)) best = place;
  }
  return ready.splice(best, 1)[0] as Task;
}
