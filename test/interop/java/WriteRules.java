// Calls append, hflush, truncate, recoverLease and concat with Hadoop's own client, and prints a line for each outcome.
// Usage: `WriteRules DIRECTORY`. The lines of two clusters are compared: see ../proofs/write-rules.mjs.
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.client.HdfsDataOutputStream;
import org.apache.hadoop.hdfs.client.HdfsDataOutputStream.SyncFlag;
import org.apache.hadoop.hdfs.protocol.LocatedBlock;
import org.apache.hadoop.ipc.RemoteException;

public class WriteRules {
  private static final int BLOCK = 1 << 20;
  private static final int REPLICATION = 3;
  private final DistributedFileSystem mine = connect();
  private final DistributedFileSystem other = connect();
  private final String dir;

  private WriteRules(String dir) throws Exception {
    this.dir = dir;
  }

  public static void main(String[] args) throws Exception {
    WriteRules rules = new WriteRules(args[0]);
    rules.mine.delete(new Path(args[0]), true);
    rules.append();
    rules.leases();
    rules.truncate();
    rules.concat();
    // Halts without the client's shutdown hook, which would close the streams of the writers that lost their leases.
    Runtime.getRuntime().halt(0);
  }

  private void append() throws Exception {
    put("partial", bytes(1000, 1));
    tell("append to a partial block", () -> append("partial", false, 500));
    tell("its blocks", () -> content("partial"));
    tell("append with NEW_BLOCK", () -> append("partial", true, 500));
    tell("its blocks", () -> content("partial"));
    tell("append nothing", () -> append("partial", false, 0));
    tell("its blocks", () -> content("partial"));
    put("full", bytes(BLOCK, 2));
    tell("append to a full block", () -> append("full", false, BLOCK + 100));
    tell("its blocks", () -> content("full"));
    put("empty", new byte[0]);
    tell("append to an empty file", () -> append("empty", false, 5));
    tell("append to nothing", () -> append("missing", false, 1));
    mine.mkdirs(path("directory"));
    tell("append to a directory", () -> append("directory", false, 1));
  }

  private void leases() throws Exception {
    FSDataOutputStream out = mine.create(path("open"));
    out.write(bytes(3000, 3));
    out.hflush();
    tell("read what was hflushed", () -> content("open"));
    out.write(bytes(3000, 4));
    ((HdfsDataOutputStream) out).hsync(EnumSet.of(SyncFlag.UPDATE_LENGTH));
    tell("length after hsync", () -> other.getFileStatus(path("open")).getLen());
    tell("append by another", () -> other.append(path("open")));
    tell("append by the writer", () -> mine.append(path("open")));
    tell("create by another", () -> other.create(path("open"), false));
    tell("truncate by another", () -> other.truncate(path("open"), 5));
    tell("recoverLease", () -> other.recoverLease(path("open")));
    tell("then it is closed", () -> closed("open"));
    tell("recoverLease of a closed file", () -> other.recoverLease(path("open")));
    tell("recoverLease of nothing", () -> other.recoverLease(path("missing")));
    tell("recoverLease of a directory", () -> other.recoverLease(path("directory")));
    tell("the old writer goes on", () -> {
      out.write(bytes(10, 5));
      out.hflush();
      return "written";
    });
    tell("append after the recovery", () -> append("open", false, 10));
    tell("its blocks", () -> content("open"));
  }

  private void truncate() throws Exception {
    put("cut", bytes(2 * BLOCK + 700, 6));
    tell("truncate inside a block", () -> mine.truncate(path("cut"), 2 * BLOCK + 300));
    tell("then it is closed", () -> closed("cut"));
    tell("truncate at a boundary", () -> mine.truncate(path("cut"), BLOCK));
    tell("then it is closed", () -> closed("cut"));
    tell("truncate to its length", () -> mine.truncate(path("cut"), BLOCK));
    tell("truncate to more", () -> mine.truncate(path("cut"), 2 * BLOCK));
    tell("truncate nothing", () -> mine.truncate(path("missing"), 1));
    tell("truncate a directory", () -> mine.truncate(path("directory"), 1));
    tell("truncate twice", () -> mine.truncate(path("cut"), 777) + " " + mine.truncate(path("cut"), 777));
    tell("truncate elsewhere meanwhile", () -> mine.truncate(path("cut"), 776));
    tell("append meanwhile", () -> mine.append(path("cut")));
    tell("then it is closed", () -> closed("cut"));
    tell("truncate to nothing", () -> mine.truncate(path("cut"), 0) + " " + closed("cut"));
  }

  private void concat() throws Exception {
    for (int i = 0; i < 3; i++) put("part" + i, bytes(i == 1 ? 100 : BLOCK, 10 + i));
    put("third", bytes(5, 13));
    put("deeper/part", bytes(5, 13));
    put("hollow", new byte[0]);
    mine.create(path("unfinished")).hflush();
    tell("concat", () -> concat("part0", "part1", "part2"));
    tell("its blocks", () -> content("part0"));
    tell("a source of it", () -> mine.exists(path("part1")));
    tell("concat with itself", () -> concat("part0", "part0"));
    tell("concat twice the same", () -> concat("part0", "third", "third"));
    tell("concat an empty file", () -> concat("part0", "hollow"));
    tell("concat an open file", () -> concat("part0", "unfinished"));
    tell("concat to an open file", () -> concat("unfinished", "third"));
    tell("concat nothing", () -> concat("part0", "missing"));
    tell("concat to nothing", () -> concat("missing", "third"));
    tell("concat a directory", () -> concat("part0", "directory"));
    tell("concat from elsewhere", () -> concat("part0", "deeper/part"));
    tell("concat no file", () -> concat("part0"));
  }

  private Path path(String name) {
    return new Path(dir, name);
  }

  private void put(String name, byte[] bytes) throws Exception {
    try (FSDataOutputStream out = mine.create(path(name))) {
      out.write(bytes);
    }
  }

  private Object append(String name, boolean newBlock, int length) throws Exception {
    EnumSet<CreateFlag> flags = EnumSet.of(CreateFlag.APPEND);
    if (newBlock) flags.add(CreateFlag.NEW_BLOCK);
    awaitReplicas(name);
    try (FSDataOutputStream out = other.append(path(name), flags, 4096, null)) {
      out.write(bytes(length, length));
      return out.getPos();
    }
  }

  /**
   * Waits until every replica of each block is reported. A file closes with one reported replica of each block, but an
   * append that finds fewer than three is refused.
   */
  private void awaitReplicas(String name) throws Exception {
    if (!other.exists(path(name)) || other.getFileStatus(path(name)).isDirectory()) return;
    for (int i = 0; i < 500; i++) {
      List<LocatedBlock> blocks = other.getClient().getLocatedBlocks(path(name).toString(), 0).getLocatedBlocks();
      if (blocks.stream().allMatch(b -> b.getLocations().length >= REPLICATION)) return;
      Thread.sleep(20);
    }
  }

  private Object concat(String target, String... sources) throws Exception {
    mine.concat(path(target), Arrays.stream(sources).map(this::path).toArray(Path[]::new));
    return "done";
  }

  /** Returns the length and hash of the bytes that a reader gets, and the offset and length of each block. */
  private String content(String name) throws Exception {
    int hash = 1;
    int length = 0;
    try (FSDataInputStream in = other.open(path(name))) {
      for (int b = in.read(); b >= 0; b = in.read(), length++) hash = 31 * hash + b;
    }
    StringBuilder blocks = new StringBuilder();
    for (LocatedBlock b : other.getClient().getLocatedBlocks(path(name).toString(), 0).getLocatedBlocks()) {
      blocks.append(" ").append(b.getStartOffset()).append("+").append(b.getBlockSize());
    }
    return length + " bytes, hash " + hash + ", blocks" + blocks;
  }

  private String closed(String name) throws Exception {
    for (int i = 0; i < 600 && !other.isFileClosed(path(name)); i++) Thread.sleep(100);
    return (other.isFileClosed(path(name)) ? "closed, " : "open, ") + content(name);
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static DistributedFileSystem connect() throws Exception {
    Configuration conf = new HdfsConfiguration();
    // With best-effort, which `calf start` sets for small clusters, the client would hide refused replacements.
    conf.setBoolean("dfs.client.block.write.replace-datanode-on-failure.best-effort", false);
    conf.setBoolean("fs.hdfs.impl.disable.cache", true);
    conf.setInt("dfs.blocksize", BLOCK);
    conf.setInt("dfs.client.retry.window.base", 50);
    return (DistributedFileSystem) FileSystem.get(conf);
  }

  private static void tell(String what, Callable<Object> call) {
    String outcome;
    try {
      outcome = String.valueOf(call.call());
    } catch (Exception e) {
      String name = e instanceof RemoteException ? ((RemoteException) e).getClassName() : e.getClass().getName();
      outcome = name + ": " + String.valueOf(e.getMessage()).split("\n")[0];
    }
    System.out.println(what + ": " + anonymous(outcome));
  }

  /** Replaces the names, ids and addresses that differ from cluster to cluster. */
  private static String anonymous(String text) {
    return text
        .replaceAll("DFSClient_NONMAPREDUCE_[-0-9]+_[0-9]+", "CLIENT")
        .replaceAll("inode [0-9]+", "inode N")
        .replaceAll("BP-[-0-9.]+", "BP")
        .replaceAll("blk_[0-9]+_[0-9]+", "blk")
        .replaceAll("[0-9.]+:[0-9]+", "ADDRESS");
  }
}
