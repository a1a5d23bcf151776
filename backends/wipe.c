/* SPDX-License-Identifier: MIT */
#include "wipe.h"
#include "json_io.h"
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

void *wipe_malloc(size_t size)
{
	return malloc(size);
}

void wipe_free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* realloc(3) could move the bytes and leave the old copy behind. */
void *wipe_realloc(void *memory, size_t size)
{
	size_t before = memory ? malloc_usable_size(memory) : 0;
	void *moved;

	if (size == 0 && memory) {
		wipe_free(memory);
		return NULL;
	}
	if (size <= before && size > before / 2)
		return memory;
	moved = malloc(size ? size : 1);
	if (!moved)
		return NULL;
	if (memory)
		memcpy(moved, memory, before < size ? before : size);
	wipe_free(memory);
	return moved;
}

/*
 * The caller must take it for a function of which nothing is known: then it keeps nothing in these
 * registers across the call. Link-time optimization would inline it, or look which ones it changes.
 */
#ifdef __clang__
#define OPAQUE __attribute__((noinline))
#else
#define OPAQUE __attribute__((noinline, noipa))
#endif

#ifdef __x86_64__
#define FOR_EACH(numbers, instruction) ".irp n, " numbers "\n" instruction "\n.endr\n"

OPAQUE void wipe_registers(void)
{
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroall");
	if (__builtin_cpu_supports("avx512f"))
		__asm__ volatile(FOR_EACH("16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
					  "vpxorq %zmm\\n, %zmm\\n, %zmm\\n"));
	if (!__builtin_cpu_supports("avx"))
		__asm__ volatile(
		    FOR_EACH("0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "pxor %xmm\\n, %xmm\\n"));
}
#elif defined(__aarch64__)
/* Not v8 to v15, which belong to the caller. */
OPAQUE void wipe_registers(void)
{
	__asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
			 "movi v\\n\\().16b, #0\n"
			 ".endr\n");
}
#else
void wipe_registers(void)
{
}
#endif

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return wipe_malloc(size);
}

static void *crypto_realloc(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return wipe_realloc(memory, size);
}

static void crypto_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	wipe_free(memory);
}

bool wipe_install(void)
{
	json_io_install();
	return CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;
}
