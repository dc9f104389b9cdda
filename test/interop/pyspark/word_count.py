"""Counts words with PySpark over an HDFS.

Usage: word_count.py HDFS_URI INPUT OUTPUT
"""

import sys

from pyspark import SparkConf, SparkContext


def main(uri, source, target):
    conf = SparkConf().setMaster("local[2]").setAppName("word count").set("spark.ui.enabled", "false")
    conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1")
    sc = SparkContext(conf=conf)
    sc.setLogLevel("ERROR")
    hadoop = sc._jvm.org.apache.hadoop.util.VersionInfo.getVersion()
    lines = sc.textFile(uri + source)
    counts = lines.flatMap(lambda line: line.split()).map(lambda word: (word, 1)).reduceByKey(lambda a, b: a + b)
    counts.map(lambda pair: f"{pair[0]}\t{pair[1]}").saveAsTextFile(uri + target)
    again = sc.textFile(uri + target).count()
    print(f"spark {sc.version} hadoop {hadoop} partitions {lines.getNumPartitions()} words {again}")
    sc.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
