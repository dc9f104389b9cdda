/** The TaskTracker's bean at /jmx, under the name that Hadoop 1 gives it (TaskTrackerMXBean). */
import { SOFTWARE_VERSION } from '../../protocol/version.ts';
import type { Bean } from '../../runtime/http/jmx.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

export function taskTrackerBeans(http: Address, jobTrackerUrl: string): Bean[] {
  return [
    {
      name: 'Hadoop:service=TaskTracker,name=TaskTrackerInfo',
      modelerType: 'org.apache.hadoop.mapred.TaskTracker',
      Hostname: http.host,
      Version: SOFTWARE_VERSION,
      HttpPort: http.port,
      JobTrackerUrl: jobTrackerUrl,
    },
  ];
}
