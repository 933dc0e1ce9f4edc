package io.cattleguard.route;

import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Notices with text with which an attacker could deceive people, or page them. */
public final class HostileNotices {
  private HostileNotices() {}

  public static Stream<Arguments> texts() {
    return Stream.of(
        Arguments.of("everybody is paged", "<!channel> <!here> <!everyone>"),
        Arguments.of("somebody is paged", "<@U012AB3CD> <!subteam^SAZ94GDB8>"),
        Arguments.of("a link that lies", "<https://evil.example.com|click here to approve>"),
        Arguments.of("escaped already", "&lt;!channel&gt;"),
        Arguments.of("out of a code span", "` <!channel> ```\n*bold* ```<!here>```"),
        Arguments.of("formatting", "*bold* _italic_ ~struck~ :skull: > quote"),
        Arguments.of("right to left", "web-\u202e1-bew\u202c \u2066x\u2069 \u200f"),
        Arguments.of(
            "ANSI", "\u001b[2J\u001b[31mowned\u001b[0m \u009b31m \u001b]8;;http://evil\u0007"),
        Arguments.of("line ends", "a\r\nb\nc\u2028d\u2029e\u0085f\u000bg"),
        Arguments.of("nothing to see", "\u200b\u200d\ufeff\u00ad\u2060"),
        Arguments.of("half a character", "\ud83d and \ude00"),
        Arguments.of("a megabyte", "A".repeat(1_048_576)),
        Arguments.of("a megabyte that grows", "<&>".repeat(349_525)),
        Arguments.of("a megabyte of quotes", "\"\\".repeat(524_288)),
        Arguments.of("a megabyte of backticks", "`".repeat(1_048_576)),
        Arguments.of("a megabyte of controls", "\u001b".repeat(1_048_576)),
        Arguments.of("a megabyte of emoji", "\ud83d\ude00".repeat(524_288)));
  }

  /** The text wherever an attacker can put it. */
  public static Notices everywhere(String text) {
    return Notices.alert()
        .pod(text)
        .node(text)
        .rule(text)
        .commandLine(text)
        .file(text)
        .fingerprint(text)
        .raw(text);
  }
}
