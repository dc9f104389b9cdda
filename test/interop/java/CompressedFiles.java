// Writes and reads compressed files and SequenceFiles with Hadoop's own classes, for proofs/compressed-files.mjs.
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FsShell;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.DoubleWritable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.SequenceFile.CompressionType;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.mapred.FileInputFormat;
import org.apache.hadoop.mapred.InputSplit;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.RecordReader;
import org.apache.hadoop.mapred.Reporter;
import org.apache.hadoop.mapred.SequenceFileInputFormat;
import org.apache.hadoop.mapred.TextInputFormat;
import org.apache.hadoop.util.ReflectionUtils;
import org.apache.hadoop.util.ToolRunner;

public class CompressedFiles {
  private static final Configuration CONF = new Configuration();

  private static CompressionCodec codec(String name) throws Exception {
    Class<?> type = Class.forName("org.apache.hadoop.io.compress." + name);
    return (CompressionCodec) ReflectionUtils.newInstance(type, CONF);
  }

  /** Compresses the file `text` of a directory, and writes SequenceFiles with each compression. */
  private static void write(String dir, String[] codecs) throws Exception {
    byte[] text = Files.readAllBytes(Paths.get(dir, "text"));
    for (String name : codecs) {
      CompressionCodec codec = codec(name);
      try (OutputStream out = codec.createOutputStream(new FileOutputStream(dir + "/hadoop" + codec.getDefaultExtension()))) {
        for (int at = 0; at < text.length; at += 10000) out.write(text, at, Math.min(10000, text.length - at));
      }
      for (CompressionType type : CompressionType.values()) {
        try (SequenceFile.Writer writer = SequenceFile.createWriter(CONF,
            SequenceFile.Writer.file(new Path("file:" + dir + "/hadoop-" + type + "-" + name + ".seq")),
            SequenceFile.Writer.keyClass(Text.class), SequenceFile.Writer.valueClass(DoubleWritable.class),
            SequenceFile.Writer.compression(type, codec))) {
          for (int i = 0; i < 5000; i++) writer.append(new Text("key \u00e9 " + i), new DoubleWritable(i / 7.0));
        }
      }
    }
  }

  /** Writes the text of each file, as the command -text prints it, into the file with `.hadoop-text` behind its name. */
  private static void text(String[] args) throws Exception {
    PrintStream before = System.out;
    for (int i = 1; i < args.length; i++) {
      try (PrintStream out = new PrintStream(args[i] + ".hadoop-text")) {
        System.setOut(out);
        int status = ToolRunner.run(new FsShell(CONF), new String[] {"-text", "file:" + args[i]});
        if (status != 0) throw new IllegalStateException("-text of " + args[i] + ": " + status);
      } finally {
        System.setOut(before);
      }
    }
  }

  /** Prints the number of splits and of records of each file, cut into splits of about this size. */
  private static void split(String[] args) throws Exception {
    for (int i = 2; i < args.length; i++) {
      JobConf job = new JobConf(CONF);
      job.setLong("mapreduce.input.fileinputformat.split.maxsize", Long.parseLong(args[1]));
      FileInputFormat.setInputPaths(job, new Path("file:" + args[i]));
      FileInputFormat<?, ?> format = args[i].endsWith(".bz2") ? new TextInputFormat() : new SequenceFileInputFormat<Object, Object>();
      if (format instanceof TextInputFormat) ((TextInputFormat) format).configure(job);
      InputSplit[] splits = format.getSplits(job, (int) (new java.io.File(args[i]).length() / Long.parseLong(args[1])));
      long records = 0;
      for (InputSplit one : splits) records += count(format.getRecordReader(one, job, Reporter.NULL));
      System.out.println(args[i] + " " + splits.length + " " + records);
    }
  }

  private static <K, V> long count(RecordReader<K, V> reader) throws Exception {
    K key = reader.createKey();
    V value = reader.createValue();
    long records = 0;
    while (reader.next(key, value)) records++;
    reader.close();
    return records;
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("write")) write(args[1], args[2].split(","));
    else if (args[0].equals("text")) text(args);
    else split(args);
  }
}
