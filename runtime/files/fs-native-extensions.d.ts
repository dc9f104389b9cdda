/** The types of the part of the package `fs-native-extensions` that Calf uses. */
declare module 'fs-native-extensions' {
  /** Locks a whole file for its open file description. @returns false if another one has a lock @throws the system's error */
  export function tryLock(fd: number): boolean;
}
