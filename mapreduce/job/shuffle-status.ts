/** The shares of a job's reduces in the outputs of its maps, as users are shown them. */

/** A key with many bytes. */
export interface HeavyKey {
  /** The reduce that gets the key. */
  readonly reduce: number;
  /** The first characters of the key. */
  readonly key: string;
  readonly bytes: number;
}

/** The shares of a job's reduces in the map outputs so far. */
export interface ShuffleStatus {
  /** Number of maps that have reported. */
  readonly maps: number;
  readonly reduces: number;
  /** Uncompressed bytes of all shares. */
  readonly bytes: number;
  /** The reduces with the largest shares. */
  readonly largest: readonly { readonly reduce: number; readonly bytes: number }[];
  /** Found by sampling; empty while no share is much larger than the mean. */
  readonly keys: readonly HeavyKey[];
  readonly isSkewed: boolean;
}
