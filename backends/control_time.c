/* SPDX-License-Identifier: MIT */
#include "control_time.h"
#include <stdbool.h>

#define DAY 86400

/* Reads so many digits and moves on; -1 where there are not as many. */
static int read_digits(const char **text, int count)
{
	int number = 0;

	for (; count > 0; count--, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		number = number * 10 + (**text - '0');
	}
	return number;
}

/* Reads digits that a mark is before, between the bounds; -1 otherwise. */
static int read_part(const char **text, char mark, int least, int most)
{
	int number;

	if (**text != mark)
		return -1;
	(*text)++;
	number = read_digits(text, 2);
	return number < least || number > most ? -1 : number;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days of the epoch at which a year begins. */
static int64_t days_before(int year)
{
	int64_t years = year - 1;

	return years * 365 + years / 4 - years / 100 + years / 400 - 719162;
}

static int64_t read_date(const char **text)
{
	int year = read_digits(text, 4);
	int month = year < 1970 ? -1 : read_part(text, '-', 1, 12);
	int day = month < 0 ? -1 : read_part(text, '-', 1, days_in_month(year, month));
	int64_t days;

	if (day < 0)
		return -1;
	days = days_before(year) + day - 1;
	while (--month > 0)
		days += days_in_month(year, month);
	return days;
}

static int64_t read_clock(const char **text, bool *leap)
{
	int hour = read_part(text, **text == 't' ? 't' : 'T', 0, 23);
	int minute = hour < 0 ? -1 : read_part(text, ':', 0, 59);
	int second = minute < 0 ? -1 : read_part(text, ':', 0, 60);

	*leap = second == 60;
	return second < 0 ? -1 : (hour * 60 + minute) * 60 + second;
}

static bool skip_fraction(const char **text)
{
	if (**text != '.')
		return true;
	(*text)++;
	if (read_digits(text, 1) < 0)
		return false;
	while (**text >= '0' && **text <= '9')
		(*text)++;
	return true;
}

/* Seconds that local time is ahead of UTC. */
static bool read_offset(const char **text, int *offset)
{
	char sign = **text;
	int hour, minute;

	*offset = 0;
	if (sign == 'Z' || sign == 'z') {
		(*text)++;
		return true;
	}
	if (sign != '+' && sign != '-')
		return false;
	hour = read_part(text, sign, 0, 23);
	minute = hour < 0 ? -1 : read_part(text, ':', 0, 59);
	*offset = (hour * 60 + minute) * (sign == '-' ? -60 : 60);
	return minute >= 0;
}

int64_t control_time(const char *text)
{
	int64_t days, clock, seconds;
	int offset;
	bool leap;

	if (!text || (days = read_date(&text)) < 0 || (clock = read_clock(&text, &leap)) < 0 ||
	    !skip_fraction(&text) || !read_offset(&text, &offset) || *text)
		return -1;
	seconds = days * DAY + clock - offset;
	/* A leap second is the last one of a day in UTC, so that it counts as the next day's first.
	 */
	if (seconds < 0 || (leap && seconds % DAY != 0))
		return -1;
	return seconds;
}
