package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the event time in the formats that sources use. */
public final class EventTime {
  private static final BigInteger NANOS_PER_SECOND = BigInteger.valueOf(1_000_000_000);
  private static final int SECONDS_PER_DAY = 86_400;
  private static final int LONGEST_EPOCH = 20;

  /** The end of the year 9999, the maximum of RFC 3339. */
  private static final long LAST_SECOND = 253_402_300_799L;

  private static final BigInteger LAST_NANOSECOND =
      BigInteger.valueOf(LAST_SECOND).multiply(NANOS_PER_SECOND);

  private EventTime() {}

  /**
   * The event's time: {@code time} (RFC 3339, or gRPC's seconds and nanos), else {@code evt.time}
   * or {@code evt.time.iso8601}; null if none can be read.
   */
  public static @Nullable Instant of(
      @Nullable JsonNode time,
      @Nullable JsonNode eventTime,
      @Nullable JsonNode eventDateTime,
      List<String> notes) {
    if (time != null && !time.isNull()) {
      Instant read = time.isTextual() ? rfc3339(time.textValue()) : protobuf(time);
      if (read != null) {
        return read;
      }
      notes.add("time: " + FieldValue.shown(time) + " is not an RFC 3339 time");
    } else {
      notes.add("time: missing");
    }
    Instant read = field(eventTime);
    return read != null ? read : field(eventDateTime);
  }

  private static @Nullable Instant protobuf(JsonNode time) {
    JsonNode seconds = time.path("seconds");
    JsonNode nanos = time.path("nanos");
    if (!seconds.isIntegralNumber() || !seconds.canConvertToLong()) {
      return null;
    }
    long second = seconds.longValue();
    return second < 0 || second > LAST_SECOND
        ? null
        : Instant.ofEpochSecond(second, nanos.isInt() ? nanos.intValue() : 0);
  }

  /**
   * Reads nanoseconds since 1970, as a number or digits, or RFC 3339. {@code evt.time} may also be
   * a time of day without a date, which is ignored.
   */
  private static @Nullable Instant field(@Nullable JsonNode value) {
    if (value == null) {
      return null;
    }
    if (value.isIntegralNumber()) {
      return nanoseconds(value.bigIntegerValue());
    }
    String text = value.textValue();
    boolean number = !text.isEmpty() && text.length() <= 20 && allDigits(text);
    return number ? nanoseconds(new BigInteger(text)) : rfc3339(text);
  }

  private static boolean allDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /**
   * A time since 1970 in units of which so many make a second, as a number or digits; null if it is
   * none or beyond RFC 3339.
   */
  public static @Nullable Instant epoch(JsonNode value, long perSecond) {
    if (value.isNumber()) {
      if (!Double.isFinite(value.doubleValue())) {
        return null;
      }
      // A huge exponent is not expanded.
      BigDecimal number = value.decimalValue();
      return number.precision() - number.scale() > LONGEST_EPOCH ? null : epoch(number, perSecond);
    }
    String text = value.asText("");
    boolean digits = !text.isEmpty() && text.length() <= LONGEST_EPOCH && allDigits(text);
    return digits ? epoch(new BigDecimal(text), perSecond) : null;
  }

  private static @Nullable Instant epoch(BigDecimal number, long perSecond) {
    return nanoseconds(
        number.multiply(BigDecimal.valueOf(1_000_000_000L / perSecond)).toBigInteger());
  }

  private static @Nullable Instant nanoseconds(BigInteger nanos) {
    if (nanos.signum() <= 0 || nanos.compareTo(LAST_NANOSECOND) > 0) {
      return null;
    }
    BigInteger[] parts = nanos.divideAndRemainder(NANOS_PER_SECOND);
    return Instant.ofEpochSecond(parts[0].longValue(), parts[1].longValue());
  }

  /**
   * RFC 3339 with up to nine fractional digits and {@code Z} or a numeric offset; hand-written,
   * because this runs for every alert and {@code DateTimeFormatter} takes longer than all other
   * parsing.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc3339#section-5.6">RFC 3339, 5.6</a>
   */
  public static @Nullable Instant rfc3339(String text) {
    if (text.length() < 20
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || (text.charAt(10) != 'T' && text.charAt(10) != 't' && text.charAt(10) != ' ')
        || text.charAt(13) != ':'
        || text.charAt(16) != ':') {
      return null;
    }
    int year = digits(text, 0, 4);
    int month = digits(text, 5, 7);
    int day = digits(text, 8, 10);
    int hour = digits(text, 11, 13);
    int minute = digits(text, 14, 16);
    int second = digits(text, 17, 19);
    if ((year | month | day | hour | minute | second) < 0
        || hour > 23
        || minute > 59
        || second > 60) {
      return null;
    }
    int at = 19;
    int nanos = 0;
    if (text.charAt(at) == '.') {
      int end = at + 1;
      while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
        end++;
      }
      int count = end - at - 1;
      if (count < 1 || count > 9) {
        return null;
      }
      nanos = digits(text, at + 1, end);
      for (int i = count; i < 9; i++) {
        nanos *= 10;
      }
      at = end;
    }
    int offset = offsetSeconds(text, at);
    if (offset == Integer.MIN_VALUE) {
      return null;
    }
    try {
      long epochDay = LocalDate.of(year, month, day).toEpochDay();
      long inDay = (hour * 60L + minute) * 60L + second;
      return Instant.ofEpochSecond(epochDay * SECONDS_PER_DAY + inDay - offset, nanos);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static int offsetSeconds(String text, int at) {
    int left = text.length() - at;
    if (left == 1 && (text.charAt(at) == 'Z' || text.charAt(at) == 'z')) {
      return 0;
    }
    boolean colon = left == 6 && text.charAt(at + 3) == ':';
    if (!colon && left != 5) {
      return Integer.MIN_VALUE;
    }
    char sign = text.charAt(at);
    int hours = digits(text, at + 1, at + 3);
    int minutes = digits(text, colon ? at + 4 : at + 3, text.length());
    if ((sign != '+' && sign != '-') || hours < 0 || hours > 18 || minutes < 0 || minutes > 59) {
      return Integer.MIN_VALUE;
    }
    int seconds = (hours * 60 + minutes) * 60;
    return sign == '-' ? -seconds : seconds;
  }

  /** The number of those digits, or a negative number if they are not digits. */
  private static int digits(String text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
