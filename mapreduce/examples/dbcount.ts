/** The example dbcount, which Calf lists and refuses. */
import { program } from '../api/api.ts';

export default program({
  name: 'dbcount',
  usage: 'dbcount [driverClass dburl]',
  main() {
    throw new Error(
      'dbcount reads tables through JDBC, and Calf has no JVM: run this example on a Hadoop, or export the table to a text ' +
        'and count it with a job',
    );
  },
});
