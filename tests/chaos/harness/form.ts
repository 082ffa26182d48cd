/** How much is tested: the short form of each push, or the long one (`npm run chaos -- --long`, or LONG=1). */
export const isLong = process.env.LONG === "1";

/** A count for the short form and one for the long form. */
export const times = (short: number, long: number): number => (isLong ? long : short);

/** Seeds every random delay and choice of the tests. It is printed with each failure, and CHAOS_SEED sets it again. */
export const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
