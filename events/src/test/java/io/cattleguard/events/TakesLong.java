package io.cattleguard.events;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Marks tests that take seconds; CI runs them with {@code -Dcattleguard.long=true}. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@EnabledIfSystemProperty(
    named = TakesLong.PROPERTY,
    matches = "true",
    disabledReason = "takes long; -D" + TakesLong.PROPERTY + "=true runs it")
public @interface TakesLong {
  String PROPERTY = "cattleguard.long";
}
