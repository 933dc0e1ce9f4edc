package io.cattleguard.respond.aws.ec2;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class Ec2RehearsalTest {
  /** Fails if a response of the rehearsal is rejected, or regarded as complete. */
  @Test
  void eachCallIsMadeAndNoEmptyAnswerIsBelieved() {
    assertDoesNotThrow(Ec2Rehearsal::play);
    assertDoesNotThrow(Ec2Rehearsal::play);
  }

  @Test
  void nothingIsKept() {
    assertEquals(
        List.of("ID", "ANSWER"),
        Arrays.stream(Ec2Rehearsal.class.getDeclaredFields())
            .filter(field -> Modifier.isStatic(field.getModifiers()))
            .map(Field::getName)
            .toList());
  }
}
