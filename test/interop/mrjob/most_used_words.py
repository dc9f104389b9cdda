# Finds the most used words with two steps of mrjob; with --fail, its mapper fails.
import re

from mrjob.job import MRJob
from mrjob.step import MRStep

WORD = re.compile(r"[\w']+")


class MostUsedWords(MRJob):
    def configure_args(self):
        super().configure_args()
        self.add_passthru_arg("--fail", action="store_true")

    def steps(self):
        return [
            MRStep(mapper=self.words, combiner=self.count, reducer=self.count_first),
            MRStep(reducer=self.most_used),
        ]

    def words(self, _, line):
        if self.options.fail:
            print(1 / 0)
        for word in WORD.findall(line):
            self.increment_counter("words", "seen", 1)
            yield word.lower(), 1

    def count(self, word, counts):
        yield word, sum(counts)

    def count_first(self, word, counts):
        yield None, (sum(counts), word)

    def most_used(self, _, pairs):
        for count, word in sorted(pairs, reverse=True)[:3]:
            yield word, count


if __name__ == "__main__":
    MostUsedWords.run()
