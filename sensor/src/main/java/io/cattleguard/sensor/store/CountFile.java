package io.cattleguard.sensor.store;

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
 * How many rows or alerts a store holds, in a file beside it. After damage the store itself does
 * not know how many are missing.
 *
 * <p>The number is not flushed to the device. So after a reboot it is used only if the store was
 * damaged.
 */
public final class CountFile {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  private final @Nullable FileChannel channel;
  private final String boot;

  private CountFile(@Nullable FileChannel channel, String boot) {
    this.channel = channel;
    this.boot = boot;
  }

  /**
   * Opens the file. Without it, for example on a full disk, the number is unknown, but nothing
   * fails.
   */
  public static CountFile open(Path directory, String name) {
    try {
      FileChannel channel =
          FileChannel.open(
              directory.resolve(name),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      return new CountFile(channel, boot());
    } catch (IOException e) {
      return new CountFile(null, "");
    }
  }

  private static String boot() throws IOException {
    return Files.isReadable(BOOT) ? Files.readString(BOOT).strip() : "";
  }

  /** How many there were when the previous process ended, if that is known. */
  public Optional<Long> before(boolean damaged) {
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

  /** Remembers a number. A loss is seen only if the number never exceeds what is committed. */
  public void write(long count) {
    FileChannel to = channel;
    if (to == null) {
      return;
    }
    String number = String.valueOf(count);
    String text = number + " ".repeat(20 - number.length()) + boot;
    try {
      to.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (IOException e) {
      // The number is then an old one; it is only used to count what was lost to damage.
      return;
    }
  }

  /** Nothing is written after this. */
  public void close() {
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
