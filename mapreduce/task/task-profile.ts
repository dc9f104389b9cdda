/** The CPU profile of an attempt (mapreduce.task.profile), in the form that browsers and editors open: `.cpuprofile`. */
import fs from 'node:fs';
import { Session } from 'node:inspector/promises';
import path from 'node:path';

/** Runs the work, and writes its profile into the file, also if the work fails. */
export async function profiled<T>(file: string, work: () => Promise<T>): Promise<T> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    try {
      return await work();
    } finally {
      const { profile } = await session.post('Profiler.stop');
      await fs.promises.mkdir(path.dirname(file), { recursive: true });
      await fs.promises.writeFile(file, JSON.stringify(profile));
    }
  } finally {
    session.disconnect();
  }
}
