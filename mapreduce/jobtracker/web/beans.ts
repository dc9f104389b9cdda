/** The JobTracker's bean at /jmx, under the name that Hadoop 1 gives it (JobTrackerMXBean). */
import { SOFTWARE_VERSION } from '../../../protocol/version.ts';
import type { Bean } from '../../../runtime/http/jmx.ts';
import type { JobMaster } from '../master/job-master.ts';

export function jobTrackerBeans(master: JobMaster, hostName: string): Bean[] {
  const { trackers } = master;
  const sum = (slots: readonly number[]): number => slots.reduce((total, count) => total + count, 0);
  return [
    {
      name: 'Hadoop:service=JobTracker,name=JobTrackerInfo',
      modelerType: 'org.apache.hadoop.mapred.JobTracker',
      Hostname: hostName,
      Version: SOFTWARE_VERSION,
      SummaryJson: JSON.stringify({
        nodes: trackers.length,
        alive: trackers.length,
        slots: {
          map_slots: sum(trackers.map((tracker) => tracker.mapSlots)),
          reduce_slots: sum(trackers.map((tracker) => tracker.reduceSlots)),
        },
        jobs: master.jobs().length,
      }),
    },
  ];
}
