// Compiled once for every test program (Makefile); the tests include what they use themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
