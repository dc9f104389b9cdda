// Runs the command lines of a file through Hadoop Streaming, without a cluster. A line is the arguments, between bytes 1.
// Prints the exit status of each.
import java.nio.file.Files;
import java.nio.file.Paths;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.streaming.StreamJob;
import org.apache.hadoop.util.ToolRunner;

public class StreamingTable {
  public static void main(String[] args) throws Exception {
    for (String line : Files.readAllLines(Paths.get(args[0]))) {
      int status;
      try {
        Configuration conf = new Configuration();
        conf.set("hadoop.tmp.dir", args[1]);
        // Otherwise a second passes between two looks whether a job has ended.
        conf.set("mapreduce.client.progressmonitor.pollinterval", "20");
        status = ToolRunner.run(conf, new StreamJob(), line.split("\u0001", -1));
      } catch (Exception e) {
        System.err.println(e);
        status = -1;
      }
      System.out.println("STATUS " + status);
    }
    System.out.flush();
    System.exit(0);
  }
}
