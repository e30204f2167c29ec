import * as v from 'valibot';

export const SignInSchema = v.object({
  username: v.pipe(v.string('Enter your username'), v.trim(), v.nonEmpty('Enter your username')),
  // Nothing is trimmed here, and nobody's long password keeps a core busy.
  password: v.pipe(
    v.string('Enter your password'),
    v.nonEmpty('Enter your password'),
    v.maxLength(200, 'Use at most 200 characters'),
  ),
});

export const RegisterSchema = v.object({
  username: v.pipe(
    v.string('Choose a username'),
    v.trim(),
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9._@+-]{1,63}$/,
      'Use 2 to 64 letters, digits and . _ - @ +, beginning with a letter or digit',
    ),
  ),
  password: v.pipe(
    v.string('Choose a password'),
    v.minLength(8, 'Use at least 8 characters'),
    v.maxLength(200, 'Use at most 200 characters'),
  ),
});
