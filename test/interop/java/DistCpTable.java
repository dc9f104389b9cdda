// Runs the command lines of a file through Hadoop's distcp, with its local job runner. A line is the arguments, between
// bytes 1. Prints the exit status, the counters and the failure of each, for proofs/distcp.mjs.
import java.nio.file.Files;
import java.nio.file.Paths;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.tools.DistCp;
import org.apache.hadoop.util.ToolRunner;
import org.apache.log4j.AppenderSkeleton;
import org.apache.log4j.Level;
import org.apache.log4j.Logger;
import org.apache.log4j.spi.LoggingEvent;

public class DistCpTable {
  /** Prints the counters of a job, and the failures that distcp logs. */
  private static class Printer extends AppenderSkeleton {
    @Override
    protected void append(LoggingEvent event) {
      String message = String.valueOf(event.getMessage());
      if (message.startsWith("Counters: ")) System.out.println(message);
      if (event.getThrowableInformation() == null || !event.getLevel().isGreaterOrEqual(Level.ERROR)) return;
      Throwable thrown = event.getThrowableInformation().getThrowable();
      System.out.println("FAILURE " + thrown.getClass().getName() + ": " + thrown.getMessage());
    }

    @Override
    public void close() {
    }

    @Override
    public boolean requiresLayout() {
      return false;
    }
  }

  public static void main(String[] args) throws Exception {
    Logger.getLogger("org.apache.hadoop.mapreduce.Job").setLevel(Level.INFO);
    for (String name : new String[] {"org.apache.hadoop.mapreduce.Job", "org.apache.hadoop.tools.DistCp"}) {
      Logger.getLogger(name).setAdditivity(false);
      Logger.getLogger(name).addAppender(new Printer());
    }
    for (String line : Files.readAllLines(Paths.get(args[0]))) {
      Configuration conf = new Configuration();
      conf.set("hadoop.tmp.dir", args[1]);
      conf.set("mapreduce.framework.name", "local");
      // Otherwise a second passes between two looks whether a job has ended.
      conf.set("mapreduce.client.progressmonitor.pollinterval", "20");
      conf.set("mapreduce.client.completion.pollinterval", "20");
      // A file system that is kept has the properties of the command line that asked for it first.
      FileSystem.closeAll();
      int status = ToolRunner.run(conf, new DistCp(conf, null), line.split("\u0001", -1));
      System.out.println("STATUS " + (status & 255));
    }
    System.out.flush();
    System.exit(0);
  }
}
