/** The priorities of jobs, the highest first (Hadoop: JobPriority). */
import type { JobPriority } from './messages.ts';

export const JOB_PRIORITIES = [
  'VERY_HIGH',
  'HIGH',
  'NORMAL',
  'LOW',
  'VERY_LOW',
] as const satisfies readonly JobPriority[];
