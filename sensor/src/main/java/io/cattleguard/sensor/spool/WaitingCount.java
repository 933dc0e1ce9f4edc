package io.cattleguard.sensor.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How many alerts wait, in a file beside the spool. After damage the spool itself cannot say how
 * many are missing.
 *
 * <p>The number is not flushed to the device. So after a reboot it is used only if the spool was
 * damaged.
 */
final class WaitingCount {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  private final @Nullable FileChannel channel;
  private final String boot;

  private WaitingCount(@Nullable FileChannel channel, String boot) {
    this.channel = channel;
    this.boot = boot;
  }

  /** Opens the file; without it, for example on a full disk, nothing is known and nothing fails. */
  static WaitingCount open(Path directory) {
    try {
      FileChannel channel =
          FileChannel.open(
              directory.resolve("spool.count"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      return new WaitingCount(channel, boot());
    } catch (IOException e) {
      return new WaitingCount(null, "");
    }
  }

  private static String boot() throws IOException {
    return Files.isReadable(BOOT) ? Files.readString(BOOT).strip() : "";
  }

  /** How many waited when the previous process ended, where that is known. */
  Optional<Long> before(boolean damaged) {
    FileChannel from = channel;
    if (from == null) {
      return Optional.empty();
    }
    try {
      ByteBuffer bytes = ByteBuffer.allocate(100);
      from.read(bytes, 0);
      String[] words =
          new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII)
              .strip()
              .split(" +", -1);
      boolean sameBoot = words.length == 2 && words[1].equals(boot);
      return words[0].matches("\\d{1,18}") && (damaged || sameBoot)
          ? Optional.of(Long.valueOf(words[0]))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void write(long alerts) {
    FileChannel to = channel;
    if (to == null) {
      return;
    }
    String number = String.valueOf(alerts);
    String text = number + " ".repeat(20 - number.length()) + boot;
    try {
      to.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (IOException e) {
      // The number is then an old one; it is only used to count what damage took.
      return;
    }
  }

  void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // Nothing is written after this.
      return;
    }
  }
}
