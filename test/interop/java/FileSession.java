// Writes and reads an HDFS with Hadoop's own client: each line on stdin is a command. See ../lib/file-session.mjs.
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.HdfsConfiguration;

public class FileSession {
  private final Map<String, FSDataOutputStream> open = new HashMap<>();
  private final DistributedFileSystem fs;

  FileSession(DistributedFileSystem fs) {
    this.fs = fs;
  }

  public static void main(String[] args) throws Exception {
    Configuration conf = new HdfsConfiguration();
    FileSession session = new FileSession((DistributedFileSystem) FileSystem.get(conf));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    System.out.println("ok ready");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      try {
        System.out.println("ok " + session.run(line.split(" ")));
      } catch (Throwable e) {
        System.out.println("error " + e.toString().replace('\n', ' '));
        e.printStackTrace();
      }
    }
  }

  private String run(String[] words) throws Exception {
    String name = words[1];
    Path path = new Path(name);
    switch (words[0]) {
      case "create":
        open.put(name, fs.create(path, true, 4096, Short.parseShort(words[2]), fs.getDefaultBlockSize(path)));
        return "";
      case "append":
        open.put(name, fs.append(path));
        return "";
      case "append-new-block":
        open.put(name, fs.append(path, EnumSet.of(CreateFlag.APPEND, CreateFlag.NEW_BLOCK), 4096, null));
        return "";
      case "write":
        write(open.get(name), words[2], Long.parseLong(words[3]), Long.parseLong(words[4]));
        return "";
      case "hflush":
        open.get(name).hflush();
        return "";
      case "hsync":
        open.get(name).hsync();
        return "";
      case "close":
        open.remove(name).close();
        return "";
      case "sha":
        return sha(path);
      case "truncate":
        return String.valueOf(fs.truncate(path, Long.parseLong(words[2])));
      case "recover-lease":
        return String.valueOf(fs.recoverLease(path));
      case "is-file-closed":
        return String.valueOf(fs.isFileClosed(path));
      default:
        throw new IllegalArgumentException(words[0]);
    }
  }

  private static void write(FSDataOutputStream out, String file, long from, long to) throws Exception {
    try (RandomAccessFile in = new RandomAccessFile(file, "r")) {
      byte[] bytes = new byte[(int) (to - from)];
      in.seek(from);
      in.readFully(bytes);
      out.write(bytes);
    }
  }

  private String sha(Path path) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] buffer = new byte[65536];
    try (InputStream in = fs.open(path)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
    }
    StringBuilder hex = new StringBuilder();
    for (byte b : digest.digest()) hex.append(String.format("%02x", b));
    return hex.toString();
  }
}
