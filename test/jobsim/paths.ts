// Relations between the paths of the model file system.

/** Whether a path is the directory itself or lies below it. */
export const isUnder = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);
