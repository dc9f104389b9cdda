// Gives each day seeds of its own, so that continuous integration meets new ones and can still be repeated.

/** Number of seeds that `npm run sim -- --today` runs. */
export const SEEDS_OF_A_DAY = 2000;
/** Distance between the first seeds of two days: a longer run of one day does not reach those of the next. */
const SEEDS_BETWEEN_DAYS = 10_000;
const DAY_MS = 24 * 3600 * 1000;

/** Returns the first seed of a day, by the date in UTC. It is above the seeds that people begin with 1. */
export const firstSeedOf = (day: Date): number => Math.floor(day.getTime() / DAY_MS) * SEEDS_BETWEEN_DAYS + 1;

/** Returns the date in UTC, as in 2026-01-31. */
export const dateText = (day: Date): string => day.toISOString().slice(0, 10);
