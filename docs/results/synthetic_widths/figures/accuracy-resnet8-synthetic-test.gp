# Draws accuracy-resnet8-synthetic-test.svg; run: gnuplot accuracy-resnet8-synthetic-test.gp
if (!exists('out')) out = 'accuracy-resnet8-synthetic-test.svg'
set encoding utf8
set terminal svg size 852,480 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set tmargin 4.2
set label 'synthetic-widths: accuracy against achieved BitOPs' at screen 0.015, screen 0.9625 left font ',15'
set label 'resnet8 on synthetic, split test: 1,024 images; bars: 95 % intervals; rows of one budget stand side by side' at screen 0.015, screen 0.9187 left font ',12' tc rgb '#505050'
set xlabel 'achieved GBitOPs per image (ends_8x8)'
set ylabel 'top-1 accuracy (%)'
set key outside right top Left reverse samplen 2 spacing 1.2
set xrange [0.030240:0.498324]
set yrange [89.123:97.287]
set object rectangle from graph 0, first 94.1704 to graph 1, first 96.6997 fc rgb '#eeeeee' fs solid noborder behind
$row0 << EOD
0.075538 91.4388 89.5603 93.3173
0.134521 94.3685 92.4892 96.2478
0.217096 95.4427 94.0353 96.8501
0.453026 95.2474 93.8744 96.6204
EOD
$seeds0 << EOD
0.075538 91.6016
0.075538 90.9180
0.075538 91.7969
0.134521 94.8242
0.134521 94.5312
0.134521 93.7500
0.217096 95.3125
0.217096 95.2148
0.217096 95.8008
0.453026 95.5078
0.453026 95.2148
0.453026 95.0195
EOD
plot 95.6055 with lines lc rgb '#555555' lw 1.5 dt 2 title 'Float 95.61 %', \
     $row0 using 1:2 with lines lt 1 lw 0.8 dt 3 notitle, \
     $row0 using 1:2:3:4 with yerrorbars lt 1 lw 1.5 title 'LSQ', \
     $seeds0 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' title 'each seed'
