package io.cattleguard.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests that a text cannot move the cursor, reorder a line, or contain invisible characters. */
final class HostileTextTest {
  @Test
  void plainTextStaysTheSameObject() {
    String plain = "cat /etc/shadow | grep \"root\" <&>";
    assertSame(plain, HostileText.visible(plain));
  }

  @Test
  void lettersOfEveryScriptStay() {
    assertEquals("größe 日本語 😀", HostileText.visible("größe 日本語 😀"));
  }

  @ParameterizedTest
  @CsvSource({
    "10, \\n",
    "13, \\r",
    "9, \\t",
    "27, \\u001b",
    "0, \\u0000",
    "127, \\u007f",
    "133, \\u0085",
    "8238, \\u202e",
    "8294, \\u2066",
    "8203, \\u200b",
    "8232, \\u2028",
    "65279, \\ufeff",
    "55296, \\ud800",
    "57344, \\ue000",
    "917569, \\udb40\\udc41",
  })
  void hiddenCharactersAreShown(int codePoint, String shown) {
    assertEquals("a" + shown + "b", HostileText.visible("a" + Character.toString(codePoint) + "b"));
  }

  @Test
  void longTextIsCutWithAnEllipsisAndNeverGrowsBeyondAnEscape() {
    assertEquals("abc…", HostileText.visible("abcdef", 3));
    assertEquals("abc", HostileText.visible("abc", 3));
    assertEquals("ab\\u001b…", HostileText.visible("ab\u001b\u001b\u001b", 3));
  }
}
